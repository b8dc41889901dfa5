"""The product's own gunicorn settings for the floor, which has no engine to dispose of."""

import runpy
from pathlib import Path

_product = runpy.run_path(str(Path(__file__).resolve().parents[2] / "config/gunicorn.conf.py"))
globals().update({k: v for k, v in _product.items() if not k.startswith("_") and k != "post_fork"})
