import celery

app = celery.Celery("tasks", broker="memory://")


@app.task
def nothing():
    pass
