"""The proposer's side of the fit sheet (すり合わせシート), through the private link."""
