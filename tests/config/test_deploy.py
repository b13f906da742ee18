"""What `deploy/` holds is true: commands, variables, limits; nginx takes its file and the service behind it answers."""

import configparser
import os
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.db import connection

from tests.harness.database import spatialite_template
from tests.harness.servers import own_database
from tests.house.test_documents import variables

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
HOME = "/srv/gridcase"


def sections(unit):
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read(unit, encoding="utf-8")
    return parser


def example():
    lines = (DEPLOY / "gridcase.env.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_service_runs_what_there_is(unit):
    service = sections(unit)["Service"]
    assert service["WorkingDirectory"] == HOME
    assert service["EnvironmentFile"] == "/etc/gridcase.env"
    program, *arguments = shlex.split(service["ExecStart"])
    assert program.startswith(f"{HOME}/.venv/bin/")
    assert (Path(sys.executable).parent / Path(program).name).exists()
    if Path(program).name == "python":
        assert arguments[0] == "manage.py"
        parser = load_command_class(get_commands()[arguments[1]], arguments[1]).create_parser(
            "manage.py", arguments[1]
        )
        parser.parse_args(arguments[2:])
    else:
        assert arguments[-1] == "config.wsgi"
        given = dict(zip(arguments[:-1:2], arguments[1:-1:2], strict=True))
        assert (ROOT / given["--config"]).exists()
        assert f"server {given['--bind']} " in (DEPLOY / "nginx" / "gridcase.conf").read_text(
            encoding="utf-8"
        )
        assert given["--bind"].startswith(f"unix:/run/{service['RuntimeDirectory']}/")
        checked = [sys.executable, "-m", "gunicorn", "--check-config", *arguments]
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.base"}
        environment.pop(
            "DJANGO_ALLOW_ASYNC_UNSAFE", None
        )  # of the browser tests of this process, not of a service
        done = subprocess.run(checked, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_what_is_written_may_be_written():
    """Everything else is read-only for the services."""
    for unit in SERVICES:
        service = sections(unit)["Service"]
        assert service["ProtectSystem"] == "strict"
        assert example()["GRIDCASE_DATA_DIR"] == f"/var/lib/{service['StateDirectory']}"
    backup = sections(DEPLOY / "systemd" / "gridcase-backup.service")["Service"]
    assert shlex.split(backup["ExecStart"])[3] == backup["ReadWritePaths"]


def test_each_timer_starts_a_service_of_ours():
    timers = [unit for unit in UNITS if unit.suffix == ".timer"]
    assert len(timers) == 2
    for timer in timers:
        assert sections(timer)["Timer"]["Unit"] in {unit.name for unit in SERVICES}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_reads_the_units(tmp_path):
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace(f"{HOME}/.venv/bin", str(Path(sys.executable).parent))
        (tmp_path / unit.name).write_text(
            text.replace("User=gridcase", "User=daemon").replace("Group=gridcase", "Group=daemon")
        )
    paths = [str(tmp_path / unit.name) for unit in UNITS]
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *paths], capture_output=True, text=True)
    said = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "gridcase" in line]
    assert said == []


def test_the_example_names_what_is_read():
    assert set(example()) <= variables()
    assert {
        "DATABASE_URL",
        "GRIDCASE_SECRET_KEY",
        "GRIDCASE_HOSTS",
        "GRIDCASE_HTTPS",
        "GRIDCASE_PROXIES",
    } <= set(example())


def test_django_has_nothing_to_say_of_the_example(tmp_path):
    environment = {
        **os.environ,
        **example(),
        "DJANGO_SETTINGS_MODULE": "config.settings.base",
        "DATABASE_URL": f"spatialite:///{tmp_path}/x.sqlite3",
        "GRIDCASE_DATA_DIR": str(tmp_path),
    }
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    environment.pop(
        "DJANGO_ALLOW_ASYNC_UNSAFE", None
    )  # of the browser tests of this process, not of a service
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_the_proxy_takes_what_the_application_takes():
    text = (DEPLOY / "nginx" / "gridcase.conf").read_text(encoding="utf-8")
    megabytes = re.search(r"client_max_body_size\s+(\d+)m;", text)
    assert int(megabytes[1]) * 1024 * 1024 == settings.MAX_BODY_BYTES
    hosts = set(re.findall(r"server_name\s+(\S+);", text))
    assert hosts == {example()["GRIDCASE_HOSTS"]}
    assert {f"https://{host}" for host in hosts} == {example()["GRIDCASE_ORIGINS"]}
    assert (example()["GRIDCASE_PROXIES"], example()["GRIDCASE_HTTPS"]) == ("1", "1")
    assert "alias" not in re.sub(r"#.*", "", text)


needs_nginx = pytest.mark.skipif(
    not all(shutil.which(program) for program in ("nginx", "openssl")),
    reason="nginx or openssl is not installed",
)


@pytest.fixture
def proxy(tmp_path):
    """Return nginx's arguments, its ports for HTTP and HTTPS, and the socket behind it: our file, other places."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=grid.example.cn",
         "-addext", "subjectAltName=DNS:grid.example.cn", "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    ports = []
    for _port in range(2):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            ports.append(free.getsockname()[1])
    plain, secure = ports
    text = (DEPLOY / "nginx" / "gridcase.conf").read_text(encoding="utf-8")
    text = re.sub(r"\n\s*listen \[::\].*", "", text)
    for old, new in (
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ", f"listen 127.0.0.1:{secure} "),
        ("/etc/gridcase/tls/fullchain.pem", f"{tmp_path}/cert.pem"),
        ("/etc/gridcase/tls/privkey.pem", f"{tmp_path}/key.pem"),
        ("unix:/run/gridcase/web.sock", f"unix:{tmp_path}/web.sock"),
    ):
        assert old in text
        text = text.replace(old, new)
    temporary = "\n".join(
        f"{name}_temp_path {tmp_path}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"user root;\npid {tmp_path}/nginx.pid;\nerror_log {tmp_path}/error.log;\ndaemon off;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}\n{text}\n}}\n"
    )
    return (
        ["nginx", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")],
        plain,
        secure,
        tmp_path / "web.sock",
    )


@needs_nginx
def test_nginx_takes_its_file(proxy):
    command = proxy[0]
    done = subprocess.run([*command, "-t"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr.replace('the "user" directive makes sense only', "")


@needs_nginx
def test_the_service_answers_behind_nginx(proxy, tmp_path, request, django_db_setup, django_db_blocker):
    """TLS, redirection, the socket's permissions, limits, and whose address counts."""
    command, plain, secure, web_socket = proxy
    data = tmp_path / "data"
    data.mkdir()
    with django_db_blocker.unblock():
        template = spatialite_template(request.config) if connection.vendor == "sqlite" else None
        own = own_database(data, template, f"deploy_{os.getpid()}")
    with own as url:
        environment = {
            **os.environ,
            **example(),
            "DJANGO_SETTINGS_MODULE": "config.settings.base",
            "DATABASE_URL": url,
            "GRIDCASE_DATA_DIR": str(data),
            "GRIDCASE_WORKERS": "1",
            "GRIDCASE_ANONYMOUS_RATE": "20/hour",
        }
        for step in ("migrate", "collectstatic"):
            subprocess.run(
                [sys.executable, "manage.py", step, "--no-input", "-v0"],
                cwd=ROOT,
                env=environment,
                check=True,
            )
        start = shlex.split(sections(DEPLOY / "systemd" / "gridcase.service")["Service"]["ExecStart"])[1:]
        start[start.index("--bind") + 1] = f"unix:{web_socket}"
        web = subprocess.Popen([sys.executable, "-m", "gunicorn", *start], cwd=ROOT, env=environment)
        front = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            _ask_through(plain, secure, tmp_path / "cert.pem")
            assert oct(web_socket.stat().st_mode & 0o777) == "0o770"
        finally:
            for process in (front, web):
                process.terminate()
                process.wait()


def _ask_through(plain, secure, certificate):
    trusted = ssl.create_default_context(cafile=str(certificate))
    trusted.check_hostname = False

    def ask(path, data=None, **headers):
        asked = urllib.request.Request(
            f"https://127.0.0.1:{secure}{path}",
            data=data,
            headers={
                "Host": "grid.example.cn",
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
        )
        try:
            with urllib.request.urlopen(asked, context=trusted) as answer:
                return answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            return error.code, error.read(), error.headers

    for _try in range(300):
        try:
            status, body, _headers = ask("/healthz")
        except urllib.error.URLError:
            status, body = 0, b""
        if status == 200:
            break
        time.sleep(0.2)
    assert status == 200
    assert b'"ok"' in body

    class NoRedirect(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_args):
            return None

    with pytest.raises(urllib.error.HTTPError) as moved:
        urllib.request.build_opener(NoRedirect).open(
            urllib.request.Request(
                f"http://127.0.0.1:{plain}/cases/?q=1", headers={"Host": "grid.example.cn"}
            )
        )
    assert (moved.value.code, moved.value.headers["Location"]) == (301, "https://grid.example.cn/cases/?q=1")

    status, _body, headers = ask("/cases/")
    assert (status, headers["Strict-Transport-Security"]) == (200, "max-age=31536000")
    status, body, headers = ask("/static/cases/cases.css", Accept_Encoding="gzip")
    assert (status, headers["Content-Encoding"]) == (200, "gzip")
    assert ask("/media/photos/1.jpg")[0] == 404
    assert ask("/healthz", Host="other.example.cn")[0] == 400

    inside, outside = b"x" * (settings.MAX_BODY_BYTES - 1), b"x" * (settings.MAX_BODY_BYTES + 1)
    assert ask("/api/v1/cases/1/photos/0/", inside, Content_Type="image/jpeg")[0] != 413
    assert ask("/api/v1/cases/1/photos/0/", outside, Content_Type="image/jpeg")[0] == 413

    # Whoever writes another X-Forwarded-For each time is still one visitor.
    answers = [ask("/api/v1/cases/?limit=1", X_Forwarded_For=f"10.1.1.{n}")[0] for n in range(30)]
    assert answers[0] == 200
    assert answers[-1] == 429
