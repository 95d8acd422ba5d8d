"""The page on which somebody waits for long work."""

from flask import Blueprint, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from grants.kernel.db import found
from grants.kernel.jobs import Job, JobState
from grants.people.access import me, requires
from grants.people.roles import Permission

bp = Blueprint("jobs", __name__)
_LOOK_AGAIN_AFTER = 3


@bp.route("/jobs/<key>")
@requires(Permission.SIGNED_IN)
def show(key: str) -> ResponseReturnValue:
    """Looks again by itself every three seconds until the work has ended, unless told not to (`?still=1`)."""
    job = found(select(Job).where(Job.key == key, Job.asked_by_id == me().id))
    under_way = job.state in (JobState.QUEUED, JobState.RUNNING)
    still = request.args.get("still") == "1"
    answer = make_response(render_template("jobs/show.html", job=job, under_way=under_way, still=still))
    if under_way and not still:
        answer.headers["Refresh"] = f"{_LOOK_AGAIN_AFTER}; url={url_for('.show', key=key)}"
    return answer
