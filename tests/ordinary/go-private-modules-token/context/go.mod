module github.com/acme/billing

go 1.22

require github.com/acme/ledger v0.4.1
