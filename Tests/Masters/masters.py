"""The masters of these tests. `start(world)` starts one and returns when it serves; its `groups()` are what should be found."""
from engine_masters import Apache, Circus, Docker, Passenger, Podman
from other_masters import PM2, Celery, NodeCluster, Npm, Postgres, Redis, Sidekiq, Supervisor
from web_masters import PHP, UWSGI, Gunicorn, NewUvicorn, Nginx, OldUvicorn, Puma, Unicorn


def all_masters():
    return [
        Gunicorn("store", 8101, 3, titled=False),
        Gunicorn("blog", 8102, 4, target="blog:app"),
        Gunicorn("intranet", 8103, 2, target="wsgi:app"),
        Gunicorn("extranet", 8104, 2, target="wsgi:app"),
        OldUvicorn("api", 8105), NewUvicorn("feed", 8106),
        Puma("forum", 8107), Puma("wiki", 8108), Unicorn("gallery", 8109),
        Nginx("proxy", 8110), PHP("cms", 8111), Redis("cache", 8112), Supervisor("jobs", 8113), Postgres("ledger", 8115),
        NodeCluster("chat", 8116, True), NodeCluster("radio", 8117, False), PM2("bids", 8120), Npm("portal", 8124),
        Celery("queue"), Sidekiq("mails", 8125), UWSGI("maps", 8126),
        Circus("tent", 8130), Apache("site", 8140), Passenger("station", 8141), Docker("crate", 8150), Podman("pod", 8160),
    ]


def short_masters():
    return [Gunicorn("store", 8101, 3, titled=False), Nginx("proxy", 8110), Redis("cache", 8112), Supervisor("jobs", 8113),
            NodeCluster("chat", 8116, True), PM2("bids", 8120), Npm("portal", 8124)]
