package Guestbook;
use Mojo::Base 'Mojolicious', -signatures;
use DBI;
sub startup ($self) {
  $self->helper(db => sub { DBI->connect("DBI:mysql:database=gb;host=$ENV{DB_HOST}", $ENV{DB_USER}, $ENV{DB_PASS}) });
  $self->routes->get('/')->to(cb => sub ($c) { $c->render(template => 'index') });
}
1;
