"""Where a local AWS keeps its things, and under which addresses it answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
REGION = "us-east-1"
STACK = "ripen"
SENDER = "hello@ripen.example"

# What the local AWS takes for its root user; it listens on loopback only, so this is no secret.
ROOT_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@dataclass(frozen=True)
class Place:
    """One local AWS: its folder (removed by FRESH=1) and its port."""

    folder: Path
    port: int

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def mailbox_url(self) -> str:
        return f"{self.endpoint_url}/_ripen/mailbox"

    @property
    def mail(self) -> Path:
        """Accepted mails, one JSON file each."""
        return self.folder / "mail"

    @property
    def log(self) -> Path:
        return self.folder / "aws.log"

    @property
    def pid_file(self) -> Path:
        return self.folder / "aws.pid"

    @property
    def stack_file(self) -> Path:
        """The addresses and users, for people's tools and outside checks."""
        return self.folder / "stack.json"

    @property
    def deployed_file(self) -> Path:
        """The fingerprint of what was deployed last, and the stack's outputs."""
        return self.folder / "deployed.json"

    @property
    def seeded_file(self) -> Path:
        return self.folder / "seeded.json"

    @property
    def build(self) -> Path:
        return self.folder / "sam"

    @property
    def scratch(self) -> Path:
        """The functions' temporary folder: their code and layer are unpacked here."""
        return self.folder / "tmp"

    def server_environment(self) -> dict[str, str]:
        """MiniStack's settings. IAM is enforced, state is kept, nothing listens but the gateway."""
        return {
            **ROOT_CREDENTIALS,
            "AWS_DEFAULT_REGION": REGION,
            "AUTH": "true",
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.folder / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.folder / "s3"),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            # Workers stay: a cold one unpacks the layer again, which takes seconds.
            "LAMBDA_WARM_TTL_SECONDS": "86400",
            "LOG_LEVEL": "WARNING",
            "TMPDIR": str(self.scratch),
        }

    def session(self) -> Any:
        """A boto3 session of the local AWS's root user, whatever AWS settings the shell has."""
        import boto3

        return boto3.session.Session(
            aws_access_key_id=ROOT_CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=ROOT_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
        )

    def client(self, service: str) -> Any:
        """A boto3 client of the root user, speaking to this local AWS."""
        return self.session().client(service, endpoint_url=self.endpoint_url)


def read_json(path: Path) -> Any:
    """The file's content, or None when there is no such file."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def write_json(path: Path, content: Any) -> None:
    """Writes the file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    fresh.replace(path)
