//! `Records` does as a `BTreeMap` does, and copies do not notice each other.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

use worldport_model::Records;

/// Numbers that look thrown, the same each time (a linear congruential generator).
fn numbers() -> impl Iterator<Item = u32> {
    let mut state = 1_u64;
    std::iter::repeat_with(move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as u32
    })
}

#[test]
fn it_does_as_an_ordered_map_does() {
    let (mut records, mut map) = (Records::<u32, u32>::default(), BTreeMap::new());
    let mut thrown = numbers();
    let mut throw = |below: u32| thrown.next().unwrap_or(0) % below;
    let mut kept: Vec<(Records<u32, u32>, BTreeMap<u32, u32>)> = Vec::new();
    for turn in 0..20_000 {
        let (key, value) = (throw(7), throw(4));
        match throw(9) {
            0 | 1 => assert_eq!(records.insert(key, value), map.insert(key, value)),
            2 => assert_eq!(records.remove(&key), map.remove(&key)),
            3 => {
                records.get_mut(&key).into_iter().for_each(|it| *it += value);
                map.get_mut(&key).into_iter().for_each(|it| *it += value);
            }
            4 => {
                *records.entry(key).and_modify(|it| *it += 1).or_insert(value) += 1;
                *map.entry(key).and_modify(|it| *it += 1).or_insert(value) += 1;
            }
            5 => {
                records.retain(|other, _| other % 3 != value);
                map.retain(|other, _| other % 3 != value);
            }
            6 => {
                records.revise(|other, it| (*other >= key).then_some(it + value));
                map.iter_mut().filter(|(other, _)| **other >= key).for_each(|(_, it)| *it += value);
            }
            7 => {
                for (other, it) in &mut records {
                    *it += other;
                }
                map.iter_mut().for_each(|(other, it)| *it += other);
            }
            _ => *records.entry(key).or_default() = *map.entry(key).or_default(),
        }
        assert!(records.iter().eq(map.iter()), "{records:?} is not {map:?}");
        assert_eq!((records.get(&key), records.len()), (map.get(&key), map.len()));
        assert_eq!(
            (records.contains_key(&key), records.is_empty()),
            (map.contains_key(&key), map.is_empty())
        );
        if turn % 100 == 0 {
            kept.push((records.clone(), map.clone()));
        }
    }
    let hasher = RandomState::new();
    for (records, map) in &kept {
        assert!(records.iter().eq(map.iter()), "a copy has changed");
        let again: Records<u32, u32> =
            map.iter().rev().map(|(&key, &value)| (key, value)).collect();
        assert_eq!(*records, again);
        assert_eq!(hasher.hash_one(records), hasher.hash_one(&again));
        assert_eq!(records.is_same(&again), records.is_empty());
        for (other, other_map) in &kept {
            assert_eq!(records.cmp(other), map.cmp(other_map));
        }
    }
}

#[test]
fn a_copy_shares_its_records_until_it_is_written_to() {
    let mut records: Records<u32, u32> = [(1, 10), (2, 20), (2, 22)].into_iter().collect();
    assert_eq!((records[&2], records.len()), (22, 2), "the last of equal keys stays");
    let before = records.clone();
    assert!(records.is_same(&before));
    records.retain(|_, _| true);
    records.revise(|_, _| None);
    assert!(records.is_same(&before), "nothing was written");
    records.insert(1, 11);
    assert!(!records.is_same(&before));
    assert_eq!((before[&1], records[&1]), (10, 11));
    assert!(std::sync::Arc::ptr_eq(&records.shared()[1].1, &before.shared()[1].1));
}
