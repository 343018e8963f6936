/* Counts the lines of a file. */
#include <stdio.h>

int main(int argc, char **argv)
{
    FILE *file = argc > 1 ? fopen(argv[1], "r") : stdin;
    long lines = 0;
    int c;

    if (!file) {
        perror(argv[1]);
        return 1;
    }
    while ((c = getc(file)) != EOF)
        lines += c == '\n';
    printf("%ld\n", lines);
    return 0;
}
