"""The face of the simulated Cloud API: HTTP in, webhooks out. What is judged is judged by the model."""
