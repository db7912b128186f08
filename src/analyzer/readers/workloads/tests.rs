use super::*;
use crate::context::MemoryContext;

/// Workloads of the Dockerfile at `dockerfile`, as container, command, arguments and commands of probes.
fn asked(dockerfile: &str, files: &[(&str, &str)]) -> Vec<String> {
    let context = MemoryContext::new(files.iter().copied());
    let mut asked = super::super::read_project(&context, dockerfile);
    read(&[Project { files: &context, dockerfile }], &mut asked);
    let words = |words: &Option<Vec<String>>| words.clone().unwrap_or_default().join(" ");
    let one = |w: &Workload| {
        let execs: Vec<String> = w.execs.iter().map(|(key, words)| format!("{key}={}", words.join(" "))).collect();
        format!("{}|{}|{}|{}", w.name, words(&w.command), words(&w.args), execs.join(";"))
    };
    asked.workloads.iter().map(one).chain(asked.unread.iter().map(|why| format!("unread: {why}"))).collect()
}

fn pod(image: &str, fields: &str) -> String {
    format!("kind: Pod\nspec:\n  containers:\n    - {{name: main, image: '{image}', {fields}}}\n")
}

#[test]
fn every_field_is_read() {
    let manifest = "apiVersion: v1\nkind: Service\n---\nkind: CronJob\nspec:\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          \
                    initContainers:\n            - name: migrate\n              image: r.example:5000/acme/api@sha256:00\n              command: [python, migrate.py]\n          \
                    containers:\n            - name: api\n              image: r.example/acme/api:1.2\n              args: [--port, 80]\n              \
                    readinessProbe: {exec: {command: [curl, localhost]}}\n              livenessProbe: {httpGet: {path: /, port: 80}}\n              \
                    lifecycle: {postStart: {exec: {command: [touch, /x]}}}\n            - {name: proxy, image: 'envoy:1', command: [envoy]}\n";
    let found = asked("services/api/Dockerfile", &[("k8s/api.yaml", manifest)]);
    assert_eq!(
        found,
        ["api||--port 80|readinessProbe=curl localhost;postStart=touch /x", "migrate|python migrate.py||"]
    );
}

#[test]
fn images_are_matched_by_name() {
    let cases: &[(&str, &str, &str, &str, bool)] = &[
        ("api/Dockerfile", "r.example/acme/api:1", "", "", true),
        ("api/Dockerfile", "r.example/acme/web:1", "", "", false),
        ("api/docker/Dockerfile", "acme/api", "", "", true),
        ("docker/Dockerfile.my_worker", "acme/my-worker", "", "", true),
        ("Dockerfile", "acme/shop", "compose.yaml", "services: {web: {build: ., image: acme/shop:dev}}", true),
        ("x/Dockerfile", "acme/shop", "Makefile", "i:\n\tdocker build -t acme/shop:$(T) x\n", true),
        ("x/Dockerfile", "acme/shop", "Makefile", "i:\n\tdocker build -t acme/shop:$(T) y\n", false),
        ("x/Dockerfile", "acme/shop", "docker-bake.hcl", "target \"shop\" {\n  context = \"x\"\n}\n", true),
        (
            "x/Dockerfile",
            "acme/shop",
            ".github/workflows/a.yml",
            "a: [{uses: docker/build-push-action@v6, with: {context: x, tags: 'ghcr.io/acme/shop:latest,b'}}]",
            true,
        ),
    ];
    for (dockerfile, image, file, content, matches) in cases {
        let manifest = pod(image, "command: [run]");
        let found = asked(dockerfile, &[("k8s/a.yaml", &manifest), (file, content)]);
        assert_eq!(!found.is_empty(), *matches, "{dockerfile} {image} {file}: {found:?}");
    }
}

#[test]
fn the_only_image_beside_the_dockerfile_is_taken_for_it() {
    let own = pod("ghcr.io/acme/board", "command: [board]");
    let postgres = pod("postgres:16", "args: [-c, x]");
    let python = pod("docker.io/library/python:3.11", "command: [python]");
    let worker = pod("ghcr.io/acme/worker", "command: [work]");
    for dockerfile in ["Dockerfile", "deploy/Dockerfile"] {
        let found =
            asked(dockerfile, &[("deploy/a.yaml", &own), ("deploy/db.yaml", &postgres), ("k8s/p.yaml", &python)]);
        assert_eq!(found, ["main|board||"], "{dockerfile}");
    }
    let found =
        asked("Dockerfile", &[("k8s/a.yaml", &own), ("k8s/w.yaml", &worker), ("worker/Dockerfile", "FROM a\n")]);
    assert_eq!(found, ["main|board||"], "the other image has a Dockerfile of its own");
    let found = asked("Dockerfile", &[("k8s/a.yaml", &own), ("k8s/w.yaml", &worker)]);
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("unread: k8s/a.yaml runs `board`, `worker`"), "{found:?}");
    assert!(asked("api/Dockerfile", &[("k8s/a.yaml", &own)]).is_empty(), "manifests of the root belong to the root");
}

#[test]
fn charts_are_rendered_with_their_values() {
    let template = "kind: Deployment\nmetadata:\n  labels:\n    {{- include \"x.labels\" . | nindent 4 }}\nspec:\n  template:\n    spec:\n      containers:\n        \
                    - name: {{ .Chart.Name }}\n          image: \"{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}\"\n          \
                    {{- if .Values.worker }}\n          args: [work]\n          {{- else }}\n          args: [serve]\n          {{- end }}\n          \
                    livenessProbe:\n            {{- toYaml .Values.livenessProbe | nindent 12 }}\n";
    let files = [
        ("charts/board/Chart.yaml", "name: board\nappVersion: '1'\n"),
        ("charts/board/values.yaml", "image: {repository: r.example/board}\nlivenessProbe: {httpGet: {path: /}}\n"),
        ("charts/board/values-prod.yaml", "livenessProbe: {exec: {command: [curl, localhost]}}\n"),
        ("charts/board/templates/deployment.yaml", template),
        ("charts/board/templates/_helpers.tpl", "{{ define \"x\" }}{{ end }}"),
    ];
    let expected = [
        "board||work|",
        "board||serve|",
        "board||work|livenessProbe=curl localhost",
        "board||serve|livenessProbe=curl localhost",
    ];
    assert_eq!(asked("Dockerfile", &files), expected);
    assert_eq!(asked("services/board/Dockerfile", &files), expected);
    assert!(asked("services/other/Dockerfile", &files).is_empty());
}

#[test]
fn kustomize_renames_and_patches() {
    let base = pod("app", "workingDir: /srv");
    let kustomization = "images:\n  - name: app\n    newName: r.example/acme/api\npatches:\n  - target: {kind: Pod}\n    patch: |-\n      \
                         - op: add\n        path: /spec/containers/0/readinessProbe/exec/command\n        value: [jq, .]\n  - patch: |-\n      \
                         spec:\n        containers:\n          - name: main\n            command: [curl]\n";
    let patch = "spec:\n  containers:\n    - {name: main, args: [x]}\n    - {name: other, args: [y]}\n";
    let files = [
        ("kustomize/base/pod.yaml", base.as_str()),
        ("kustomize/overlays/prod/kustomization.yaml", kustomization),
        ("kustomize/overlays/prod/patch.yaml", patch),
    ];
    let found = asked("api/Dockerfile", &files);
    assert_eq!(found, ["|||readinessProbe=jq .", "main|curl||", "main||x|"]);
    assert!(asked("web/Dockerfile", &files).is_empty());
}

#[test]
fn no_manifest_breaks_it() {
    for text in [
        "containers: [",
        "containers: 1",
        "containers: [{}]",
        "containers: [{name: 1, image: {}}]",
        "containers: {{ x }}",
        "\n---\n---\ncontainers:",
    ] {
        assert!(
            asked("Dockerfile", &[("k8s/a.yaml", text), ("Chart.yaml", text), ("templates/a.yaml", text)]).is_empty(),
            "{text}"
        );
    }
}
