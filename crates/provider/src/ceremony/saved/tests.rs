use super::*;

fn saved() -> Saved {
    let origin = Origin::parse("https://example.com").unwrap();
    Saved {
        id: CeremonyId([1; 16]),
        request: Request {
            kind: Kind::Get,
            options_json: "{}".to_owned(),
            caller: Caller::Web { origin, top_origin: None, cross_origin: false },
            client_data: ClientDataSource::HashOnly([2; 32]),
        },
        lifetime: Lifetime { dates: Dates { created: 1, expires: 2 }, boot: BootId([4; 16]), uptime: 5 },
        chosen: Some(RecordId([3; 16])),
    }
}

fn members(value: Value) -> Vec<(Value, Value)> {
    value.into_map().unwrap()
}

#[test]
fn the_content_is_read_as_it_was_written() {
    let saved = saved();
    let read = Saved::of_cbor(saved.id, saved.to_cbor().unwrap()).unwrap();
    assert_eq!(read.request.kind, saved.request.kind);
    assert_eq!(read.request.caller, saved.request.caller);
    assert!(read.request.client_data == saved.request.client_data);
    assert_eq!((read.lifetime, read.chosen), (saved.lifetime, saved.chosen));
}

/// The seal keeps such content away; what it lets through is judged all the same.
#[test]
fn content_that_lacks_a_member_or_has_a_wrong_one_is_refused() {
    let whole = members(saved().to_cbor().unwrap());
    assert_eq!(whole.len(), 9);
    for place in 0..whole.len() {
        let mut lacking = whole.clone();
        let (key, _) = lacking.remove(place);
        let optional = unsigned(&key) == Some(CHOSEN);
        assert_eq!(Saved::of_cbor(CeremonyId([1; 16]), Value::Map(lacking)).is_some(), optional, "{key:?}");
        for wrong in [Value::Null, Value::Array(vec![9.into()]), Value::Bytes(vec![1]), (-1).into(), 9.into()]
        {
            let mut spoiled = whole.clone();
            spoiled[place].1 = wrong.clone();
            let time = [Some(CREATED), Some(EXPIRES), Some(UPTIME)].contains(&unsigned(&key));
            let fits = time && unsigned(&wrong).is_some();
            let read = Saved::of_cbor(CeremonyId([1; 16]), Value::Map(spoiled));
            assert_eq!(read.is_some(), fits, "{key:?}: {wrong:?}");
        }
    }
    let mut more = whole;
    more.push((10.into(), 1.into()));
    assert!(Saved::of_cbor(CeremonyId([1; 16]), Value::Map(more)).is_none());
    assert!(Saved::of_cbor(CeremonyId([1; 16]), Value::Null).is_none());
}
