"""The running process: the writer and its recovery, the clock, the scheduler, webhooks, credentials and access."""
