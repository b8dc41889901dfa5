"""Check-ins (すり合わせ): whether a person and a town still mean the same thing by an engagement."""
