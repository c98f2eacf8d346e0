"""To the Hub and back, against a stand-in that speaks as much of its protocol as the library asks for."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import communique
from communique.errors import ModelError
from communique.hub import is_hub_id


class Hub(BaseHTTPRequestHandler):
    """Repositories as dictionaries of files, one commit each."""

    repos: dict[str, dict[str, bytes]]
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, body=b"", **headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), "X-Repo-Commit": COMMIT, **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        data = self.rfile.read(length) if length else b"".join(self.chunks())
        if self.path == "/api/repos/create":
            asked = json.loads(data)
            name = f"{asked['organization']}/{asked['name']}"
            self.repos.setdefault(name, {})
            return self.answer(200, {"url": f"http://{self.headers['Host']}/{name}"})
        if self.path == "/api/validate-yaml":  # the card's front matter
            return self.answer(200, {"errors": [], "warnings": []})
        name, action = "/".join(self.path.split("/")[3:5]), self.path.split("/")[5]
        if action == "preupload":
            files = json.loads(data)["files"]
            return self.answer(
                200, {"files": [{"path": f["path"], "uploadMode": "regular", "shouldIgnore": False} for f in files]}
            )
        assert action == "commit"
        for line in map(json.loads, data.splitlines()):
            if line["key"] == "file":
                self.repos[name][line["value"]["path"]] = base64.b64decode(line["value"]["content"])
        return self.answer(
            200,
            {
                "success": True,
                "commitOid": COMMIT,
                "commitUrl": f"http://{self.headers['Host']}/{name}/commit/{COMMIT}",
            },
        )

    def chunks(self):
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def do_GET(self):
        parts = self.path.split("?")[0].strip("/").split("/")
        if parts[0] == "api":
            name = "/".join(parts[2:4])
            if name not in self.repos:
                return self.answer(404, {"error": "Repository not found"}, X_Error_Code="RepoNotFound")
            if parts[4] == "tree":
                return self.answer(200, [entry(path, data) for path, data in self.repos[name].items()])
            files = [{"rfilename": path} for path in self.repos[name]]
            return self.answer(200, {"id": name, "sha": COMMIT, "siblings": files, "private": False, "tags": []})
        data = self.repos.get("/".join(parts[:2]), {}).get("/".join(parts[4:]))
        if data is None:
            return self.answer(404, {"error": "Entry not found"}, X_Error_Code="EntryNotFound")
        return self.answer(200, data, ETag=f'"{hashlib.sha1(data).hexdigest()}"')

    do_HEAD = do_GET


def entry(path, data):
    return {"type": "file", "path": path, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}


COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def hub():
    handler = type("OneHub", (Hub,), {"repos": {}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


def run(code, hub, home):
    environment = {
        **os.environ, "HF_ENDPOINT": f"http://127.0.0.1:{hub.server_port}", "HF_HOME": str(home), "HF_TOKEN": "hf_x",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }  # fmt: skip
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)


def test_a_model_goes_to_the_hub_and_comes_back_the_same(hub, tmp_path, root, labeler):
    folder = root / "model" / "communique" / "models" / "fast"
    pushed = run(
        f"import communique; print(communique.push_to_hub({str(folder)!r}, 'org/mine'))", hub, tmp_path / "one"
    )
    assert pushed.returncode == 0, pushed.stderr
    assert pushed.stdout.strip().endswith("/org/mine")
    assert set(hub.RequestHandlerClass.repos["org/mine"]) >= {p.name for p in folder.iterdir()}
    text = "Le ministre de la Défense a reçu lundi à Hanoï son homologue russe."
    code = f"import communique; l = communique.load('org/mine'); print(l.bundle.name, l.label({text!r}).body[0].domain_scores)"
    loaded = run(code, hub, tmp_path / "two")
    assert loaded.returncode == 0, loaded.stderr
    name = f"org/mine-{labeler.bundle.manifest['hash'][:8]}"
    assert loaded.stdout.strip() == f"{name} {labeler.label(text).body[0].domain_scores}"


def test_a_model_that_the_hub_does_not_have(hub, tmp_path):
    code = (
        "import sys; from communique.cli import main; sys.argv = ['communique', 'info', '--model', 'org/none']; main()"
    )
    result = run(code, hub, tmp_path)
    assert result.returncode == 2
    assert "communique: org/none: neither a folder here nor a model on the Hugging Face Hub" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_name_mistyped_is_said_to_be_no_folder_before_the_extra_is_asked_for(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ModelError, match=r'models/my_modle: no such folder; .* pip install "communique\[hub\]"'):
        communique.load("models/my_modle")


def test_what_is_no_model_is_not_pushed(tmp_path):
    with pytest.raises(ModelError, match="no model here"):
        communique.push_to_hub(tmp_path, "org/mine")


def test_a_broken_model_is_not_pushed_and_only_a_model_is(hub, tmp_path, root):
    folder = shutil.copytree(root / "tests" / "models" / "format-2", tmp_path / "mine")
    (folder / ".env").write_text("SECRET=1")
    code = f"import communique; communique.push_to_hub({str(folder)!r}, 'org/mine')"
    assert run(code, hub, tmp_path).returncode == 0
    pushed = set(hub.RequestHandlerClass.repos["org/mine"])
    assert pushed == {p.name for p in folder.iterdir()} - {".env"} | {".gitattributes"} & pushed
    (folder / "domains.safetensors").write_bytes(b"x")
    refused = run(code.replace("org/mine", "org/broken"), hub, tmp_path)
    assert "not the file that the manifest was written for" in refused.stderr
    assert "org/broken" not in hub.RequestHandlerClass.repos


@pytest.mark.parametrize(
    ("model", "expected"),
    [("org/name", True), ("intfloat/multilingual-e5-small", True), ("fast", False), ("./mine", False), ("a/b/c", False), ("/mine", False), ("../mine", False), ("model/communique", False)],
)  # fmt: skip
def test_what_reads_like_a_hub_id(model, expected, root, monkeypatch):
    monkeypatch.chdir(root)
    assert is_hub_id(model) == expected
