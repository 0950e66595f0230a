from peers.network import nameservers


def test_the_machines_nameservers_become_addresses_where_nobody_answers():
    text = "search example.org\nnameserver 192.0.2.53\nnameserver  2001:db8::53\nnameserver 127.0.0.1\n"
    assert nameservers(text) == ["address add 192.0.2.53 dev lo", "address add 2001:db8::53 dev lo"]


def test_there_may_be_none():
    assert nameservers("") == []
