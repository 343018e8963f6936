//! The tables of docs/judge.md: what the cases cover, counted.

use std::fmt::Write as _;

use super::Setup;
use super::case::{Builder, Case, Fixes, Kind, Seen, read_all};
use super::coverage::check;

/// All tables, in Markdown.
pub(crate) fn tables(setup: &Setup) -> Result<String, String> {
    let (fixtures, mutations) = (read_all(Kind::Fixture)?, read_all(Kind::Mutation)?);
    let mut text = numbers(&fixtures, &mutations);
    text.push_str("\n| rule that rewrites | fixtures |\n| --- | ---: |\n");
    for (rule, number) in &check(setup)?.rules {
        _ = writeln!(text, "| `{rule}` | {number} |");
    }
    text.push_str("\n| mutation | seen as | what goes wrong |\n| --- | --- | --- |\n");
    for case in &mutations {
        let seen = case.keys.seen.map_or("", Seen::name);
        let about = case.keys.about.replace('|', "\\|");
        _ = writeln!(text, "| `{}` | {seen} | {about} |", case.name);
    }
    Ok(text)
}

/// How many cases of each sort there are.
fn numbers(fixtures: &[Case], mutations: &[Case]) -> String {
    type Question = Box<dyn Fn(&Case) -> bool>;
    let mut questions: Vec<(String, Question)> = vec![
        ("all".to_owned(), Box::new(|_| true)),
        (
            "in every run of the tests".to_owned(),
            Box::new(|case| case.keys.quick || case.keys.seen.is_some()),
        ),
        (
            "with the fixes that a person must judge".to_owned(),
            Box::new(|case| case.keys.fixes == Fixes::Unsafe),
        ),
        (
            "that start the image".to_owned(),
            Box::new(|case| case.keys.run.is_some()),
        ),
        (
            "whose program must see the stop signal".to_owned(),
            Box::new(|case| case.keys.stop),
        ),
        ("that download".to_owned(), Box::new(|case| case.keys.http)),
    ];
    for builder in Builder::ALL {
        questions.push((
            format!("for {}", builder.name()),
            Box::new(move |case| case.keys.builders.contains(&builder)),
        ));
    }
    let mut text = "| cases | fixtures | mutations |\n| --- | ---: | ---: |\n".to_owned();
    for (name, question) in questions {
        let count = |cases: &[Case]| cases.iter().filter(|case| question(case)).count();
        let (fixtures, mutations) = (count(fixtures), count(mutations));
        _ = writeln!(text, "| {name} | {fixtures} | {mutations} |");
    }
    text
}
