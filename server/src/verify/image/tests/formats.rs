//! Archives as the builders write them.

use super::*;

/// What an archive says when it is read and asked for its only image.
fn only(members: &[Put]) -> Result<Vec<String>, String> {
    let image = read(archive_of(members).as_slice()).and_then(|archive| archive.only());
    image
        .map(|image| listing(&image))
        .map_err(|problem| problem.to_string())
}

fn blob(name: &str, content: &[u8]) -> Put {
    put(EntryType::Regular, &format!("blobs/sha256/{name}"), content)
}

fn json_blob(name: &str, value: &Value) -> Put {
    blob(name, value.to_string().as_bytes())
}

fn layer(path: &str) -> Vec<u8> {
    archive_of(&[file(path, "1")])
}

/// What `buildah push X oci-archive:` and newer versions of `docker save` write.
fn oci(index: Value) -> Vec<Put> {
    let manifest = |config: &str, layer: &str| {
        json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {"digest": format!("sha256:{config}"), "mediaType": "application/vnd.oci.image.config.v1+json"},
            "layers": [{"digest": format!("sha256:{layer}"), "mediaType": "application/vnd.oci.image.layer.v1.tar"}]
        })
    };
    vec![
        json_blob("a1", &manifest("a2", "a3")),
        json_blob("a2", &json!({"config": {"User": "a"}})),
        blob("a3", &layer("a")),
        json_blob("b1", &manifest("b2000000", "b3")),
        json_blob("b2000000", &json!({"config": {"User": "b"}})),
        blob("b3", &layer("b")),
        json_blob(
            "c1",
            &json!({"manifests": [
                {"digest": "sha256:a1"},
                {"digest": "sha256:f1", "platform": {"os": "unknown"}, "annotations": {"vnd.docker.reference.type": "attestation-manifest"}},
            ]}),
        ),
        file("oci-layout", "{\"imageLayoutVersion\": \"1.0.0\"}"),
        file("index.json", &json!({ "manifests": index }).to_string()),
    ]
}

#[test]
fn oci_archive() {
    let a = Ok(vec!["/ 755 0:0 d".to_owned(), "/a 644 0:0 f 1".to_owned()]);
    assert_eq!(only(&oci(json!([{"digest": "sha256:a1"}]))), a);
    let mut backwards = oci(json!([{"digest": "sha256:a1"}]));
    backwards.reverse();
    assert_eq!(only(&backwards), a);
    // A nested index with an attestation, which is no image.
    assert_eq!(only(&oci(json!([{"digest": "sha256:c1"}]))), a);
    let several = only(&oci(
        json!([{"digest": "sha256:a1"}, {"digest": "sha256:b1"}]),
    ));
    assert!(several.unwrap_err().contains("has 2 images"));
    assert_eq!(
        only(&oci(json!([{"digest": "sha256:f9"}]))),
        Err("the archive lacks /blobs/sha256/f9".to_owned())
    );
    assert_eq!(
        only(&oci(json!([{"digest": "sha256:a2"}]))),
        Err("/blobs/sha256/a2: missing field `digest` at line 1 column 22".to_owned())
    );
    assert_eq!(
        only(&oci(json!([{"digest": "sha256:a3"}]))),
        Err("/blobs/sha256/a3 should be JSON and is not".to_owned())
    );
    assert_eq!(
        only(&oci(json!([]))),
        Err("the archive has no image".to_owned())
    );
    // An index that holds itself, once and many times under other names.
    let mut circle = oci(json!([{"digest": "sha256:c2"}]));
    circle.push(json_blob(
        "c2",
        &json!({"manifests": [{"digest": "sha256:c2"}]}),
    ));
    assert_eq!(only(&circle), Err("the archive has no image".to_owned()));
    let again: Vec<Value> = (0..50)
        .map(|n| json!({"digest": "sha256:c3", "annotations": {"io.containerd.image.name": n.to_string()}}))
        .collect();
    let mut circle = oci(json!([{"digest": "sha256:c3"}]));
    circle.push(json_blob("c3", &json!({ "manifests": again })));
    assert_eq!(
        only(&circle),
        Err("its indexes are nested too deeply".to_owned())
    );
}

#[test]
fn images_by_name() {
    let tagged = |digest: &str, key: &str, name: &str| json!({"digest": format!("sha256:{digest}"), "annotations": {key: name}});
    let (short, long) = (
        "org.opencontainers.image.ref.name",
        "io.containerd.image.name",
    );
    let members = oci(json!([
        tagged("a1", long, "docker.io/library/one:latest"),
        tagged("a1", short, "again"),
        tagged("b1", short, "localhost/two:x"),
    ]));
    let archive = read(archive_of(&members).as_slice()).unwrap();
    assert_eq!(
        archive.names().collect::<Vec<_>>(),
        ["docker.io/library/one:latest", "again", "localhost/two:x"]
    );
    let user = |name: &str| archive.named(name).map(|image| image.config.user);
    for name in [
        "one",
        "one:latest",
        "docker.io/library/one:latest",
        "library/../again",
        "again:latest",
    ] {
        let expected = if name.contains("..") {
            None
        } else {
            Some("a".to_owned())
        };
        assert_eq!(user(name).ok(), expected, "{name}");
    }
    assert_eq!(user("two:x").unwrap(), "b");
    assert_eq!(
        user("two").unwrap_err().to_string(),
        "the archive has no image called two, only docker.io/library/one:latest, again, localhost/two:x"
    );
    assert!(archive.only().is_err());
}

#[test]
fn docker_archives() {
    // Newer: both manifests; the base is shared.
    let mut members = oci(json!([{"digest": "sha256:a1"}]));
    let of = |config: &str, tags: Value, layers: &[&str]| {
        json!({"Config": format!("blobs/sha256/{config}"), "RepoTags": tags,
               "Layers": layers.iter().map(|name| format!("blobs/sha256/{name}")).collect::<Vec<_>>()})
    };
    let manifest = json!([
        of("a2", json!(["x:1", "y:1"]), &["a3"]),
        of("b2000000", json!(null), &["a3", "b3"]),
    ]);
    members.push(file("manifest.json", &manifest.to_string()));
    let archive = read(archive_of(&members).as_slice()).unwrap();
    assert_eq!(archive.named("y:1").unwrap().files(), 2);
    let text = archive.named("b2").unwrap_err().to_string();
    assert_eq!(text, "the archive has no image called b2, only x:1, y:1");
    let two = archive.named("sha256:b2000000").unwrap();
    assert_eq!(listing(&two).len(), 3);
    assert_eq!((two.bytes(), two.config.user.as_str()), (2, "b"));
    // Older, and podman's: files named by their own ways, equal layers as links.
    for (kind, target) in [
        (EntryType::Symlink, "../one/layer.tar"),
        (EntryType::Link, "one/layer.tar"),
    ] {
        let older = [
            put(EntryType::Regular, "one/layer.tar", &layer("a")),
            file("one/VERSION", "1.0"),
            link(kind, "two/layer.tar", target),
            file("c.json", "{}"),
            file("repositories", "{}"),
            file(
                "manifest.json",
                r#"[{"Config":"c.json","RepoTags":["x:1"],"Layers":["one/layer.tar","two/layer.tar"]}]"#,
            ),
        ];
        let image = read(archive_of(&older).as_slice())
            .unwrap()
            .named("x:1")
            .unwrap();
        assert_eq!(image.layers.len(), 2);
        assert_eq!(image.files(), 2);
    }
}
