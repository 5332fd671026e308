"""Where records are kept: SQLAlchemy on SQLite or PostgreSQL. Repositories never commit."""
