"""Entry point: ``gunicorn -c config/gunicorn.conf.py wsgi:app``."""

from kyoso.operating.serving import served_app

app = served_app()
