"""A person's check-ins (すり合わせ) over all towns."""
