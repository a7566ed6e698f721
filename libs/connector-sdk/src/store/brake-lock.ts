/** Every change that takes something away passes here one by one, also from other instances; held ones get their number under it. */
export const LOCK_BRAKE = 'select 1 from target_state where system = $1 for update';
