//! What the model says is data, and comes back as it was.

use worldport_model::{Records, Rules, State};
use worldport_proofs::faults::shapes::shape;
use worldport_proofs::machine::Machine;

#[test]
fn records_are_data_like_a_map() {
    let records: Records<u32, u32> = [(2, 20), (1, 10)].into_iter().collect();
    let text = serde_json::to_string(&records).expect("numbers are data");
    assert_eq!(text, r#"{"1":10,"2":20}"#);
    assert_eq!(serde_json::from_str::<Records<u32, u32>>(&text).expect("as written"), records);
}

#[test]
fn a_state_comes_back_as_it_was() {
    let shape = shape("asking").expect("a shape of this name");
    let state = Machine::new(shape, &Rules::STANDARD).replay(shape.setup).state;
    let text = serde_json::to_string(&state).expect("a state is data");
    assert_eq!(serde_json::from_str::<State>(&text).expect("as written"), state);
}
