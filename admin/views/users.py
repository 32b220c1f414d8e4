"""Users: who may log in, who integrations post as, and one's own password."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from admin import auth
from admin.views.base import ProtectedView
from engine import users
from engine.errors import Invalid
from engine.models import User

Page = str | Response | tuple[str, int]


class UsersView(ProtectedView):
    """`/admin/users/`"""

    @expose("/")
    def index(self) -> str:
        """List everybody."""
        with self.engine.database.read() as session:
            return self.render("users/list.html", users=users.list_users(session))

    @expose("/new/", methods=["GET", "POST"])
    def new(self) -> Page:
        """Add a person, who logs in, or a bot, which integrations post as."""
        form = request.form
        if request.method == "GET":
            return self.render("users/new.html", form={}, errors={})
        is_person = form.get("kind") == "person"
        roles = [users.ADMIN_ROLE, "user"] if form.get("admin") else None
        try:
            with self.engine.database.write() as session:
                user = users.create(
                    session,
                    form.get("username", "").strip(),
                    name=form.get("name", "").strip()[:128],
                    password=form.get("password", "") if is_person else None,
                    roles=roles if is_person else None,
                )
                ringing = self.engine.triggers.announce_user(session, user)
        except Invalid as exc:
            page = self.render("users/new.html", form=form, errors={exc.field: str(exc)})
            return page, 422
        ringing.ring()
        flash(f"@{user.username} is added.", "ok")
        return redirect(url_for(".index"))

    @expose("/<user_id>/active/", methods=["POST"])
    def set_active(self, user_id: str) -> Response:
        """Let somebody in again, or lock them out."""
        active = request.form.get("active") == "1"
        try:
            with self.engine.database.write() as session:
                user = users.get(session, user_id)
                users.set_active(session, user, active, by=self.user)
        except users.StillPosts:
            return redirect(url_for(".deactivate", user_id=user_id))
        except Invalid as exc:
            flash(f"{exc}.", "bad")
        else:
            flash(f"@{user.username} is {'active' if active else 'inactive'} now.", "ok")
        return redirect(url_for(".index"))

    @expose("/<user_id>/deactivate/", methods=["GET", "POST"])
    def deactivate(self, user_id: str) -> Page:
        """Say which integrations post as somebody, then lock them out."""
        if request.method == "GET":
            with self.engine.database.read() as session:
                user = users.get(session, user_id)
                posts = users.integrations_of(session, user)
            return self.render("users/deactivate.html", user=user, integrations=posts)
        try:
            with self.engine.database.write() as session:
                user = users.get(session, user_id)
                users.set_active(session, user, False, by=self.user, confirmed=True)
        except Invalid as exc:
            flash(f"{exc}.", "bad")
        else:
            flash(f"@{user.username} is inactive now.", "ok")
        return redirect(url_for(".index"))

    @expose("/account/", methods=["GET", "POST"])
    def account(self) -> Page:
        """Change one's own password; every other login ends."""
        if request.method == "GET":
            return self.render("users/account.html", errors={})
        try:
            user = self._change_password()
        except Invalid as exc:
            return self.render("users/account.html", errors={exc.field: str(exc)}), 422
        auth.start_session(user)
        flash("Your password is changed. Every other login of yours has ended.", "ok")
        return redirect(url_for(".account"))

    def _change_password(self) -> User:
        form, logins = request.form, self.engine.logins
        address = request.remote_addr or ""
        with self.engine.database.read() as session:
            name = users.guarded_name(session, self.user.username)
        # Whoever finds an open browser must not guess the password there either.
        if wait_s := logins.begin(name, address):
            raise Invalid(
                f"Too many wrong passwords. Try again in {auth.wait_in_words(wait_s)}",
                field="current",
            )
        if not users.password_matches(self.user, form.get("current", "")):
            raise Invalid("That is not your present password", field="current")
        logins.succeeded(name, address)
        if form.get("password", "") != form.get("again", ""):
            raise Invalid("The two are not the same", field="again")
        with self.engine.database.write() as session:
            user = users.get(session, self.user.id)
            users.set_password(session, user, form.get("password", ""))
        return user
