-- New levels of sums: by key alone and by operation alone, beside both together, which "line" names now, and months of products and of
-- the portal. All of them are folded anew from the hours, which have everything, while the portal runs; what is not folded yet is read
-- from the hours.
delete from usage_sums;
delete from usage_latencies;
delete from latency_sums;
delete from usage_folds;
