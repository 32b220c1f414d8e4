"""Users: who may log in, who messages are from, passwords and login tokens."""

from __future__ import annotations

import datetime as dt
import re
import secrets
import threading
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session

from engine.db import utcnow
from engine.errors import Conflict, Invalid, NotFound
from engine.ids import new_id, token_digest
from engine.models import AuthToken, Integration, User, UserType
from engine.times import iso

BOT_USERNAME = "rocket.cat"
ADMIN_ROLE = "admin"
TOKEN_LIFETIME = dt.timedelta(days=90)
MIN_PASSWORD_CHARS, MAX_PASSWORD_CHARS = 8, 4096
_USERNAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
#: What Rocket.Chat says of a name or an email that somebody has.
_TAKEN = "error-field-unavailable"
_EMAIL = re.compile(r"[^@\s\x00]{1,64}@[^@\s\x00]{1,189}")

_hasher = PasswordHasher()
#: Each takes 64 MiB on purpose; a flood of logins must not take that many times over.
_verifications = threading.BoundedSemaphore(2)
_NOBODYS_HASH = _hasher.hash(secrets.token_urlsafe(16))


class StillPosts(Invalid):
    """Somebody is about to be locked out as whom integrations post; `integrations` are their ids and names."""

    def __init__(self, user: User, integrations: Sequence[Integration]) -> None:
        several = len(integrations) > 1
        names = ", ".join(one.name or one.id for one in integrations[:5])
        super().__init__(
            f"{len(integrations)} integration{'s post' if several else ' posts'} as @{user.username} "
            f"and would post nothing any more: {names}{', …' if len(integrations) > 5 else ''}"
        )
        self.integrations = [{"_id": one.id, "name": one.name} for one in integrations]


def create(
    session: Session,
    username: str,
    *,
    name: str = "",
    password: str | None = None,
    roles: list[str] | None = None,
    email: str = "",
) -> User:
    """
    Add a user; without a password it is a bot, which cannot log in.

    :raise Invalid: for an unusable name, password or email. :raise Conflict: when name or email is taken.
    """
    if not _USERNAME.fullmatch(username):
        raise Invalid(
            "A username is 1 to 64 letters, digits, dots, dashes or underscores", field="username"
        )
    if (known := find_by_username(session, username)) is not None:
        raise Conflict(
            f"There is a user {known.username} already", field="username", error_type=_TAKEN
        )
    if email and not _EMAIL.fullmatch(email):
        raise Invalid("An email is an address as ada@example.org", field="email")
    if email and find_by_email(session, email) is not None:
        raise Conflict(
            f"There is a user with the email {email} already", field="email", error_type=_TAKEN
        )
    user = User(
        id=new_id(),
        username=username,
        name=name.strip() or username,
        type=UserType.BOT if password is None else UserType.PERSON,
        roles=roles or (["bot"] if password is None else ["user"]),
        password_hash=None if password is None else hash_password(password),
        active=True,
        session_epoch=0,
        email=email or None,
        created_at=utcnow(),
    )
    session.add(user)
    return user


def list_users(session: Session) -> Sequence[User]:
    """Return all of them by name."""
    return session.scalars(sa.select(User).order_by(sa.func.lower(User.username))).all()


def integrations_of(session: Session, user: User) -> Sequence[Integration]:
    """Return the integrations that post as a user, by name."""
    return session.scalars(
        sa.select(Integration)
        .where(Integration.user_id == user.id)
        .order_by(sa.func.lower(Integration.name), Integration.id)
    ).all()


def set_active(
    session: Session, user: User, active: bool, *, by: User, confirmed: bool = False
) -> None:
    """
    Let a user in, or lock one out and end every login; a locked-out user cannot be posted as either.

    :raise Invalid: when somebody is about to lock themselves out.
    :raise StillPosts: when integrations post as the user, and nobody has confirmed that they may break.
    """
    if user.id == by.id and not active:
        raise Invalid("You cannot deactivate yourself: nobody might be left to undo it")
    breaks = user.active and not active and not confirmed
    if breaks and (integrations := integrations_of(session, user)):
        raise StillPosts(user, integrations)
    user.active = active
    if not active:
        user.session_epoch += 1
        session.execute(sa.delete(AuthToken).where(AuthToken.user_id == user.id))


def set_password(session: Session, user: User, password: str) -> None:
    """Change a password and end every login made with the old one."""
    user.password_hash = hash_password(password)
    user.type = UserType.PERSON
    user.session_epoch += 1
    session.execute(sa.delete(AuthToken).where(AuthToken.user_id == user.id))


def end_sessions(user: User) -> None:
    """End every login of a user to the admin pages."""
    user.session_epoch += 1


def hash_password(password: str) -> str:
    """
    Return what is stored of a password.

    It is taken as it is given, outer blanks included.

    :raise Invalid: when it is too short or too long.
    """
    if len(password) < MIN_PASSWORD_CHARS:
        raise Invalid(f"A password has at least {MIN_PASSWORD_CHARS} characters", field="password")
    if len(password) > MAX_PASSWORD_CHARS:
        raise Invalid(f"A password has at most {MAX_PASSWORD_CHARS} characters", field="password")
    return _hasher.hash(_octets(password))


def authenticate(session: Session, username: str, password: str) -> User | None:
    """Return the active user of that name and password."""
    user = find_by_username(session, username)
    if user is None or not user.active or user.password_hash is None:
        # As slow as a wrong password, so that the answer's time does not tell names apart.
        _verify(_NOBODYS_HASH, password)
        return None
    return user if _verify(user.password_hash, password) else None


def guarded_name(session: Session, username: str) -> str:
    """Return what failed logins of a name are counted under: with a new password the count begins anew."""
    user = find_by_username(session, username)
    return username if user is None else f"{user.session_epoch} {username}"


def password_matches(user: User, password: str) -> bool:
    """Tell whether this is the user's password."""
    return user.password_hash is not None and _verify(user.password_hash, password)


def issue_token(session: Session, user: User) -> str:
    """Log a user in over the API; the token is known to the caller alone."""
    token = secrets.token_urlsafe(32)
    now = utcnow()
    session.execute(sa.delete(AuthToken).where(AuthToken.expires_at <= now))
    session.add(
        AuthToken(
            digest=token_digest(token),
            user_id=user.id,
            created_at=now,
            expires_at=now + TOKEN_LIFETIME,
        )
    )
    return token


def find_by_token(session: Session, user_id: str, token: str) -> User | None:
    """Return the active user whom this pair logs in."""
    user = find_by_bearer(session, token)
    return user if user is not None and user.id == user_id else None


def find_by_bearer(session: Session, token: str) -> User | None:
    """Return the active user whom a token alone logs in."""
    found = session.get(AuthToken, token_digest(token))
    if found is None or found.expires_at <= utcnow():
        return None
    return found.user if found.user.active else None


def revoke_token(session: Session, token: str) -> None:
    """Log out."""
    session.execute(sa.delete(AuthToken).where(AuthToken.digest == token_digest(token)))


def find_by_username(session: Session, username: str) -> User | None:
    """Return the user of that name, upper and lower case being the same (as in Rocket.Chat)."""
    if not _USERNAME.fullmatch(username):
        return None
    # Names are ASCII, so that databases and Python agree on what lower case is.
    return session.scalar(sa.select(User).where(sa.func.lower(User.username) == username.lower()))


def find_by_usernames(session: Session, usernames: Iterable[str]) -> dict[str, User]:
    """Return name in lower case -> user, of those of these names that there are."""
    wanted = {name.lower() for name in usernames if _USERNAME.fullmatch(name)}
    if not wanted:
        return {}
    lowered = sa.func.lower(User.username)
    return {
        one.username.lower(): one
        for one in session.scalars(sa.select(User).where(lowered.in_(wanted)))
    }


def find_by_email(session: Session, email: str) -> User | None:
    """Return the user of that address, upper and lower case being the same."""
    if not _EMAIL.fullmatch(email):
        return None
    # The database's own lower(), for both: beyond ASCII, SQLite's and Python's differ.
    return session.scalar(sa.select(User).where(sa.func.lower(User.email) == sa.func.lower(email)))


def find(session: Session, id_or_username: str) -> User | None:
    """Return the user of that id, or of that name."""
    by_name = find_by_username(session, id_or_username)
    return by_name or (session.get(User, id_or_username) if id_or_username.isalnum() else None)


def get(session: Session, id_or_username: str) -> User:
    """
    Return the user of that id or name.

    :raise NotFound: when there is none.
    """
    user = find(session, id_or_username)
    if user is None:
        raise NotFound(f"There is no user {id_or_username}")
    return user


def find_names(session: Session, typed: str, *, count: int) -> list[tuple[str, str]]:
    """Return (username, name) of active users that a text may be the beginning of."""
    wanted = typed.lower()
    username, name = sa.func.lower(User.username), sa.func.lower(User.name)
    begins = username.startswith(wanted, autoescape=True)
    found = session.execute(
        sa.select(User.username, User.name)
        .where(User.active, sa.or_(begins, name.contains(wanted, autoescape=True)))
        .order_by(begins.desc(), username)
        .limit(count)
    )
    return [(one, other) for one, other in found]


def as_dict(user: User) -> dict[str, Any]:
    """Return a user with Rocket.Chat's field names (`IUser`); nobody's presence is known here."""
    return {
        "_id": user.id,
        "username": user.username,
        "name": user.name,
        "type": user.type,
        "roles": user.roles,
        "active": user.active,
        "emails": [{"address": user.email, "verified": False}] if user.email else [],
        "createdAt": iso(user.created_at),
        "_updatedAt": iso(user.updated_at or user.created_at),
    }


def is_admin(user: User) -> bool:
    """Tell whether a user may manage everything."""
    return ADMIN_ROLE in user.roles


def _octets(password: str) -> bytes:
    return password.encode("utf-8", "replace")


def _verify(stored: str, password: str) -> bool:
    if len(password) > MAX_PASSWORD_CHARS:
        return False
    try:
        with _verifications:
            return _hasher.verify(stored, _octets(password))
    except (VerificationError, InvalidHashError):
        return False
