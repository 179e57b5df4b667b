-- The latencies of the coarser sums lie in their rows, as those of the hours do: a table of their own repeated each key in its rows and
-- in two indexes, and each row was written twice. All of it is folded anew from the hours while the portal runs; what is not folded yet is
-- read from the hours.
alter table usage_sums add column latencies text not null default '';
delete from usage_sums;
delete from latency_sums;
delete from usage_folds;
-- Nobody reads it any more. It stays for nodes of the version before, which add to it until they are updated.
delete from usage_latencies;
