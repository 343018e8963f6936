use dfix_syntax::SourceText;
use dfix_transforms::*;
use std::collections::BTreeMap;
use std::time::Instant;
fn main() {
    let show = std::env::args().nth(1);
    let th = if std::env::args().nth(2).as_deref() == Some("unsafe") {
        Applicability::Unsafe
    } else {
        Applicability::Safe
    };
    let mut paths: Vec<_> = std::fs::read_dir(format!(
        "{}/.cache/dfix/corpus",
        std::env::var("HOME").unwrap()
    ))
    .unwrap()
    .map(|e| e.unwrap().path())
    .collect();
    paths.sort();
    let files: Vec<_> = paths
        .iter()
        .filter_map(|p| Some((p.clone(), SourceText::new(&std::fs::read(p).unwrap()).ok()?)))
        .collect();
    let settings = Settings::default();
    let facts = Facts::default();
    let mut stat: BTreeMap<&str, [usize; 5]> = BTreeMap::new();
    let (mut changed, mut unstable) = (0, 0);
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let t = Instant::now();
    let mut t2 = std::time::Duration::ZERO;
    for (p, s) in &files {
        let a = Instant::now();
        let o = fix(s, &settings, &facts, th);
        let d = a.elapsed();
        t2 += d;
        if d.as_millis() > 100 {
            println!("slow {} {:?}", p.display(), d)
        }
        if o.changed {
            changed += 1;
            let again = fix(
                &SourceText::new(o.text.as_bytes()).unwrap(),
                &settings,
                &facts,
                th,
            );
            if again.text != o.text {
                unstable += 1;
                println!("UNSTABLE {}", p.display())
            }
        }
        for a in &o.applied {
            stat.entry(a.rule.id).or_default()[0] += 1
        }
        for r in &o.refused {
            stat.entry(r.rule.id).or_default()[1] += 1;
            *reasons
                .entry(format!("{}: REFUSED {}", r.rule.id, r.reason))
                .or_default() += 1;
            if show.as_deref() == Some("refused") {
                println!("{} {} {}", p.display(), r.rule.id, r.reason)
            }
        }
        for f in &o.remaining.findings {
            let e = stat.entry(f.rule.id).or_default();
            e[2] += 1;
            if f.fix.is_some() {
                e[3] += 1
            }
            if let Some(r) = &f.refused {
                e[4] += 1;
                *reasons.entry(format!("{}: {}", f.rule.id, r)).or_default() += 1;
            }
        }
        if let Some(id) = &show {
            if o.applied.iter().any(|a| a.rule.id == id) {
                std::fs::write("/tmp/eng/a", s.as_bytes()).unwrap();
                std::fs::write("/tmp/eng/b", &o.text).unwrap();
                println!("=== {}", p.display());
                let out = std::process::Command::new("diff")
                    .args(["-U2", "/tmp/eng/a", "/tmp/eng/b"])
                    .output()
                    .unwrap();
                println!("{}", String::from_utf8_lossy(&out.stdout));
            }
        }
    }
    println!(
        "files {} changed {changed} unstable {unstable} total {:?} fix {:?}",
        files.len(),
        t.elapsed(),
        t2
    );
    println!("rule applied refused remaining withfix withreason");
    for (k, v) in stat {
        println!("{k:28} {v:?}")
    }
    let mut r: Vec<_> = reasons.into_iter().collect();
    r.sort_by_key(|x| std::cmp::Reverse(x.1));
    for (k, v) in r.iter().take(60) {
        println!("{v:6} {k}")
    }
}
