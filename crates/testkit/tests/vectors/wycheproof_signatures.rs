//! Wycheproof's signatures, through the judge of every test here: what it takes for good must be good, and what it takes for
//! bad, bad. They are no test of how we sign; RFC 6979's, RFC 8032's and WebAuthn's vectors are.

use authenticator_testkit::cbor::{Value, bytes, map};
use authenticator_testkit::reply::verifies;
use wycheproof::{TestResult, ecdsa, eddsa};

/// How many were good and how many bad.
#[derive(Default)]
struct Judged {
    good: usize,
    bad: usize,
}

impl Judged {
    fn judge(&mut self, key: &Value, message: &[u8], signature: &[u8], result: TestResult, case: &str) {
        let verified = verifies(key, message, signature);
        // "Acceptable" is neither good nor bad: none of these sets has such a case.
        assert_ne!(result, TestResult::Acceptable, "{case}");
        assert_eq!(verified, result == TestResult::Valid, "{case}");
        if verified {
            self.good += 1;
        } else {
            self.bad += 1;
        }
    }
}

fn ecdsa_judged(name: ecdsa::TestName, algorithm: i64, curve: i64) -> Judged {
    let set = ecdsa::TestSet::load(name).unwrap();
    let mut judged = Judged::default();
    for group in &set.test_groups {
        let point = group.key.key.strip_prefix(&[0x04]).unwrap();
        let (x, y) = point.split_at(point.len() / 2);
        let key = map([
            (1, 2.into()),
            (3, Value::from(algorithm)),
            (-1, curve.into()),
            (-2, bytes(x)),
            (-3, bytes(y)),
        ]);
        for test in &group.tests {
            let case = format!("{name:?} {}: {}", test.tc_id, test.comment);
            judged.judge(&key, &test.msg, &test.sig, test.result, &case);
        }
    }
    assert_eq!(judged.good + judged.bad, set.number_of_tests);
    judged
}

/// Covers: CK-02
#[test]
fn ck02_ecdsa_is_wycheproof_s() {
    let judged = ecdsa_judged(ecdsa::TestName::EcdsaSecp256r1Sha256, -7, 1);
    assert!(judged.good > 100 && judged.bad > 100, "{} good, {} bad", judged.good, judged.bad);
    let judged = ecdsa_judged(ecdsa::TestName::EcdsaSecp384r1Sha384, -35, 2);
    assert!(judged.good > 100 && judged.bad > 100, "{} good, {} bad", judged.good, judged.bad);
}

#[test]
fn ed25519_is_wycheproof_s() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let mut judged = Judged::default();
    for group in &set.test_groups {
        let key = map([(1, Value::from(1)), (3, (-8).into()), (-1, 6.into()), (-2, bytes(&group.key.pk))]);
        for test in &group.tests {
            let case = format!("{}: {}", test.tc_id, test.comment);
            judged.judge(&key, &test.msg, &test.sig, test.result, &case);
        }
    }
    assert_eq!(judged.good + judged.bad, set.number_of_tests);
    assert!(judged.good > 50 && judged.bad > 50, "{} good, {} bad", judged.good, judged.bad);
}
