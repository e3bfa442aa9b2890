"""The WhatsApp Cloud API: a gateway before it that judges what a business sends, and reads what the platform tells."""
