"""Appeals: deadlines, who may decide, proof that an account is somebody's, and reading mails."""
