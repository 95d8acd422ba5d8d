"""Pages for signing in and out, and the home page with what waits for the person."""

import time
from typing import cast

from flask import Blueprint, Response, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user, logout_user

from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.kernel.forms import attempt
from grants.people import operations
from grants.people.access import absolute, me, own_path, requires, signed_in
from grants.people.audit_views import bp as audit_bp
from grants.people.bodies import council_names
from grants.people.desk import desk_of
from grants.people.forms import PasswordForm, ResetForm, SignInForm
from grants.people.jobs_views import bp as jobs_bp
from grants.people.keeping_views import add_routes
from grants.people.known_browsers import known_here, remember
from grants.people.roles import Permission

bp = Blueprint("people", __name__)
add_routes(bp)
blueprints = [bp, jobs_bp, audit_bp]
RESET_ANSWERED_AFTER = 0.15
"""Seconds, well above what either case takes."""


@bp.route("/")
@requires(Permission.PUBLIC)
def home() -> ResponseReturnValue:
    if not signed_in():
        return render_template("people/welcome.html")
    return render_template("people/home.html", waiting=desk_of(me(), clock.today()), roles=_my_roles())


def _my_roles() -> list[str]:
    """`Bid coordinator for Plymouth City Council`, one for each role held today."""
    held = me().appointments_on(clock.today())
    names = council_names({a.council_id for a in held if a.council_id})
    return [f"{a.role.label} for {names[a.council_id]}" if a.council_id else a.role.label for a in held]


@bp.route("/sign-in", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def sign_in() -> ResponseReturnValue:
    form = SignInForm()
    back = own_path(request.values.get("next"))
    if form.validate_on_submit():
        try:
            secret = operations.sign_in(
                form.email.data or "",
                form.password.data or "",
                address=request.remote_addr or "",
                at=clock.now(),
                known=known_here(),
            )
        except Refused as refusal:
            form.refuse(refusal)
            db.session.commit()  # the failed try itself is to be remembered
        else:
            person = operations.find(form.email.data or "")
            assert person is not None
            db.session.commit()
            session.clear()
            person.sign_in_secret = secret
            login_user(person)
            return remember(cast(Response, redirect(back or url_for(".home"))), person)
    return render_template("people/sign_in.html", form=form, next=back)


@bp.route("/sign-out", methods=["POST"])
@requires(Permission.SIGNED_IN)
def sign_out() -> ResponseReturnValue:
    operations.sign_out(me(), session.get("_user_id", ""), at=clock.now())
    db.session.commit()
    logout_user()
    session.clear()
    flash("You have signed out.")
    return redirect(url_for(".home"))


@bp.route("/password/forgotten", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def forgotten() -> ResponseReturnValue:
    form = ResetForm()
    if form.validate_on_submit():
        begun = time.monotonic()
        page = absolute(url_for(".set_password", secret=""))
        operations.ask_for_reset(form.email.data or "", address_of_page=page, at=clock.now())
        db.session.commit()
        # Writing a letter takes longer than writing none: the answer comes as late for a stranger's address.
        time.sleep(max(0.0, RESET_ANSWERED_AFTER - (time.monotonic() - begun)))
        return render_template("people/reset_sent.html")
    return render_template("people/forgotten.html", form=form)


@bp.route("/password/set/", defaults={"secret": ""})
@bp.route("/password/set/<secret>", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def set_password(secret: str) -> ResponseReturnValue:
    """Looking at a link does not spend it (mail scanners open links); setting the password does."""
    form = PasswordForm()
    if operations.live_link(secret, at=clock.now()) is None:
        return render_template("people/link_spent.html"), 404
    if form.validate_on_submit():
        with attempt(form) as attempted:
            operations.set_password(secret, form.password.data or "", at=clock.now())
        if attempted.ok:
            flash("Your password is set. Sign in with it.")
            return redirect(url_for(".sign_in"))
    return render_template("people/set_password.html", form=form)
