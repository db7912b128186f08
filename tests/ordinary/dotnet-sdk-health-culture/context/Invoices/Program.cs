using System.Globalization;
using QuestPDF.Fluent;
using QuestPDF.Infrastructure;
QuestPDF.Settings.License = LicenseType.Community;
var app = WebApplication.CreateBuilder(args).Build();
app.UseStaticFiles();
app.MapGet("/health", () => "ok");
app.MapGet("/{n:int}", (int n) =>
{
    var terms = File.ReadAllText(Path.Combine(app.Environment.ContentRootPath, "Invoices", "terms.txt"));
    var es = CultureInfo.GetCultureInfo("es-ES");
    var pdf = Document.Create(d => d.Page(p => p.Content().Text(t => t.Span(n.ToString("C", es) + DateTime.Now.ToString(es) + terms).FontFamily("Liberation Sans")))).GeneratePdf();
    return Results.File(pdf, "application/pdf");
});
app.Run();
