"""Records in, journeys out: intake, the pipeline, and what runs it: a thread or Celery."""
