-- Since when a product is deprecated; null: it is not. Of those that are already, the last change is the nearest that is known.
alter table products add column deprecated_at timestamptz;
update products set deprecated_at = updated_at where status = 'deprecated';
