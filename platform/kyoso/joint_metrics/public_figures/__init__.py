"""Public figures (公開する数字): what a network's coordinators chose to show to everybody."""
