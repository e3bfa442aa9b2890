"""How they answer: cases and their deadlines, who may decide, and how somebody proves that an account is theirs."""
