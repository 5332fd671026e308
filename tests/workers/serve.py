"""What ``throughline worker --beat`` starts, with the settings of the environment."""

from settings import Settings
from workers.serve import serve_worker

if __name__ == "__main__":
    serve_worker(Settings(), beat=True)
