-- What operators order of the rebalance is recorded; that it is finished is not an order.
create trigger "an operator's change is recorded"
  after update of policy, state on rebalance
  for each row when (new.state <> 'finished')
  execute function record_audit('policy', 'policy', 'state');
