"""What people do, as functions of a unit of work: appeals and reviews, sanctions, links, incidents, erasure."""
