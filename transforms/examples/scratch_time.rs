struct Instant(u64);
impl Instant {
    fn now() -> Self {
        let t = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        Self(t.split(' ').next().unwrap().parse().unwrap())
    }
    fn elapsed(&self) -> std::time::Duration {
        std::time::Duration::from_nanos(Self::now().0 - self.0)
    }
}
use dfix_syntax::SourceText;
use dfix_transforms::*;
fn main() {
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
        .filter_map(|p| SourceText::new(&std::fs::read(p).unwrap()).ok())
        .collect();
    let settings = Settings::default();
    let facts = Facts::default();
    let bytes: usize = files.iter().map(|f| f.len()).sum();
    for _ in 0..3 {
        let t = Instant::now();
        for f in &files {
            std::hint::black_box(dfix_syntax::parse(f));
        }
        println!(
            "parse {:?} {:.0} MB/s",
            t.elapsed(),
            bytes as f64 / 1e6 / t.elapsed().as_secs_f64()
        );
        let t = Instant::now();
        for f in &files {
            std::hint::black_box(model::Analysis::new(f.clone(), &settings));
        }
        println!("analysis {:?}", t.elapsed());
        let t = Instant::now();
        for f in &files {
            std::hint::black_box(lint(f, &settings, &facts));
        }
        println!("lint {:?}", t.elapsed());
        let t = Instant::now();
        let mut n = 0;
        for f in &files {
            let o = fix(f, &settings, &facts, Applicability::Safe);
            n += o.applied.len();
        }
        println!("fix {:?} applied {n}", t.elapsed());
        let none = Settings {
            selected: Some(Default::default()),
            ..Default::default()
        };
        let t = Instant::now();
        for f in &files {
            std::hint::black_box(lint(f, &none, &facts));
        }
        println!("lint none {:?}", t.elapsed());
    }
}
