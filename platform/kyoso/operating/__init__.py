"""Running the platform: serving, the demo, the doctor, the generated documents (運用)."""
