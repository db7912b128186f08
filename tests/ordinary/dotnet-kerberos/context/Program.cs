var http = new HttpClient(new HttpClientHandler { UseDefaultCredentials = true });
var app = WebApplication.CreateBuilder(args).Build();
app.MapGet("/", () => http.GetStringAsync("http://intranet.corp/report"));
app.Run();
