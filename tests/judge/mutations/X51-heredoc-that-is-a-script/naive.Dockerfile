FROM dfix-tiny:1
RUN <<E
#!/bin/cat
touch /b
E
