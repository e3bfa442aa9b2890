"""What all HTTP faces share: identification of callers, limits, reception of bodies, and answers to refusals."""
