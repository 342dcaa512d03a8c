ALTER TABLE activity
  ADD CONSTRAINT activity_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
  ADD CONSTRAINT activity_request_id_fkey FOREIGN KEY (request_id) REFERENCES requests (id);
