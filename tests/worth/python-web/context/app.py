"""A counter behind a web page."""

from flask import Flask

app = Flask(__name__)
visits = 0


@app.get("/")
def index():
    global visits
    visits += 1
    return f"You are visitor number {visits}.\n"
