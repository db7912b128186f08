import 'dart:io';
import 'package:http/http.dart' as http;
import 'package:shelf/shelf.dart';
import 'package:shelf/shelf_io.dart' as io;
import 'package:shelf_static/shelf_static.dart';
void main() async {
  final files = createStaticHandler('public', defaultDocument: 'index.html');
  final h = Cascade().add((r) async => r.url.path == 'ip' ? Response.ok((await http.get(Uri.parse('https://api.ipify.org'))).body) : Response.notFound('')).add(files).handler;
  await io.serve(h, InternetAddress.anyIPv4, int.parse(Platform.environment['PORT'] ?? '8080'));
}
