"""Side-job work (複業人材募集): what is offered, applying without an account, and the private link."""
