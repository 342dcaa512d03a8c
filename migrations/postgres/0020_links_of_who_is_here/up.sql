-- Whoever is removed gives up what an identity provider called them. Who was removed before gives it up now, also where
-- they were invited again and came by something else since.

DELETE FROM identity_links WHERE EXISTS (
  SELECT 1 FROM people
  WHERE people.id = identity_links.person_id
    AND (people.removed_at IS NOT NULL OR people.joined_at IS NULL OR people.joined_at > identity_links.since)
);
