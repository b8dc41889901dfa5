"""Running-cost plans (ランニングコスト計画): what a project costs once it is in operation."""
