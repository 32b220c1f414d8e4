"""Secrets at rest: the key, and what is encrypted with it."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.errors import ConfigError
from engine.settings import Settings, secret_key_problem

_KEY_FILE = "secret_key"
_NONCE_BYTES = 12
_MAX_KEY_BYTES = 4096


class Vault:
    """Encrypts what must be kept and signs what leaves in cookies."""

    def __init__(self, secret_key: str) -> None:
        self._secret_key = secret_key
        self._fernet = Fernet(base64.urlsafe_b64encode(self._derive("encryption")))
        self._cipher = AESGCM(self._derive("recordings"))

    def encrypt(self, text: str) -> str:
        """Return the text encrypted, as text."""
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        """
        Return what was encrypted.

        :raise ConfigError: when it was encrypted with another key.
        """
        return self._open(token.encode()).decode()

    def encrypt_bytes(self, data: bytes) -> bytes:
        """Return bytes encrypted; many times quicker than `encrypt`, for what every request needs."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, data, None)

    def decrypt_bytes(self, data: bytes) -> bytes:
        """
        Return the bytes that were encrypted.

        :raise ConfigError: when it was with another key.
        """
        try:
            return self._cipher.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], None)
        except InvalidTag as exc:
            raise _other_key() from exc

    @property
    def session_key(self) -> str:
        """The key that signs browser sessions."""
        return self._derive("sessions").hex()

    @property
    def installation(self) -> str:
        """
        Tells this installation from others that share a broker; no secret.

        All nodes of one have the same key, whatever name each knows the database by.
        """
        return self._derive("installation").hex()[:16]

    def _open(self, token: bytes) -> bytes:
        try:
            return self._fernet.decrypt(token)
        except InvalidToken as exc:
            raise _other_key() from exc

    def _derive(self, purpose: str) -> bytes:
        return hashlib.sha256(f"hooksmith:{purpose}:{self._secret_key}".encode()).digest()


def _other_key() -> ConfigError:
    return ConfigError(
        "HOOKSMITH_SECRET_KEY: stored secrets were encrypted with another key; bring back the old one"
    )


def open_vault(settings: Settings, *, may_make_key: bool = False) -> Vault:
    """
    Open the vault with the configured key, or with the one kept in the data folder.

    :param may_make_key: a key that is missing is made (mode 0600), since nothing needs the old one.
    :raise ConfigError: when there is no key, or its file holds none.
    """
    if settings.secret_key:
        return Vault(settings.secret_key)
    path = settings.data_dir / _KEY_FILE
    try:
        if may_make_key and not os.path.lexists(path):
            settings.data_dir.mkdir(parents=True, exist_ok=True)
            _write_new(path, secrets.token_urlsafe(48))
        return Vault(_read_key(path))
    except FileNotFoundError as exc:
        raise ConfigError(
            f"HOOKSMITH_DATA_DIR: {path} is missing, and the database was written with it;"
            " put the file back, or set HOOKSMITH_SECRET_KEY to what it held"
        ) from exc
    except OSError as exc:
        raise ConfigError(
            f"HOOKSMITH_DATA_DIR: cannot keep the secret key in {path} ({exc.strerror})"
        ) from exc


def _read_key(path: Path) -> str:
    if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
        raise ConfigError(f"HOOKSMITH_DATA_DIR: the secret key {path} is no file")
    with path.open("rb") as file:
        data = file.read(_MAX_KEY_BYTES + 1)
    try:
        key = data.decode("ascii").strip()
    except UnicodeDecodeError:
        problem = "it is no ASCII text"
    else:
        problem = "it is too long" if len(data) > _MAX_KEY_BYTES else secret_key_problem(key)
        problem = problem if key else "it is empty"
    if problem:
        raise ConfigError(
            f"HOOKSMITH_DATA_DIR: {path} holds no secret key ({problem}); put the old file back"
        )
    return key


def _write_new(path: Path, text: str) -> None:
    # Whole or not at all: another process starting at the same moment reads the winner's key.
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        return
    finally:
        temporary.unlink()
