"""What Cartellino costs a Matrix homeserver."""
