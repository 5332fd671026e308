"""Fine-tuning of the encoder that all heads share: many tasks, one trunk, a small adapter."""
