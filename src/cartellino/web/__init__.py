"""What all HTTP faces share: who asks, how much they may ask, and how a refusal is answered."""
