"""What we do: actions, standing, brakes, the pure `decide`, and the sequencer that alone holds standing."""
